/**
 * Transactions on registers, judged by the anomalies of Elle: write a unique value, read one. A
 * transaction has one micro-operation here and is recorded as what it is, a write or a read of a key.
 */
import register from './register.ts';

const rwRegister: typeof register = {
  ...register,
  name: 'rw-register',
  about: 'writes and reads of unique values, judged as transactions (Elle)',
  checks: ['elle'],
  model: 'rw-register',
};

export default rwRegister;
