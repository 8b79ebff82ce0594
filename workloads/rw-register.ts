/**
 * Transactions on registers, judged by the anomalies of Elle: write a unique value, read one. On a system
 * without transactions each has one micro-operation and is recorded as what it is, a write or a read of a
 * key.
 */
import register from './register.ts';
import type { Workload } from '../src/clients/workload.ts';
import { transactional } from './transactions.ts';

const workload: Workload = transactional({
  ...register,
  name: 'rw-register',
  about: 'writes and reads of unique values, judged as transactions (Elle)',
  checks: ['elle'],
  model: 'rw-register',
});

export default workload;
