/**
 * Transactions on lists, judged by the anomalies of Elle: append an element, read the whole list. On a
 * system without transactions each has one micro-operation and is recorded as what it is, an append or a
 * read of a key.
 */
import append from './append.ts';
import type { Workload } from '../src/clients/workload.ts';
import { transactional } from './transactions.ts';

const workload: Workload = transactional({
  ...append,
  name: 'list-append',
  about: 'appends and reads of lists, judged as transactions (Elle)',
  checks: ['elle'],
  model: 'list-append',
});

export default workload;
