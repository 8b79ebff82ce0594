/**
 * Transactions on lists, judged by the anomalies of Elle: append an element, read the whole list. A
 * transaction has one micro-operation here and is recorded as what it is, an append or a read of a key.
 */
import append from './append.ts';

const listAppend: typeof append = {
  ...append,
  name: 'list-append',
  about: 'appends and reads of lists, judged as transactions (Elle)',
  checks: ['elle'],
  model: 'list-append',
};

export default listAppend;
