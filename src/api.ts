/**
 * The one export list for users: what a test in somebody else's repository imports.
 * Nothing inside the project imports this file.
 */
export type { NodeName, NodeStatus, Op, OpName, Outcome, Value } from './base/operation.ts';
export { Definite } from './base/operation.ts';
export { random, type Random } from './base/random.ts';
export { checkLinearizable, type CheckLinearizableOptions } from './checkers/check-linearizable.ts';
export { checkProperties } from './checkers/check-properties.ts';
export { checkTransactions, type CheckTransactionsOptions } from './checkers/check-transactions.ts';
export type { Checker, CheckerAnswer, Model } from './checkers/checker.ts';
export type { ConsistencyModel } from './checkers/elle/models.ts';
export { explain } from './checkers/explain.ts';
export type { ModelName } from './checkers/models/models.ts';
export type { Anomaly, Limits, Verdict } from './checkers/verdict.ts';
export type { Workload, WorkloadOptions } from './clients/workload.ts';
export type { Fault, FaultKind, FaultReport, Nemesis, NemesisOptions } from './faults/fault.ts';
export type { History, HistoryEvent, NemesisEvent } from './history/event.ts';
export { record, type Recording } from './history/record.ts';
export { fuzz, type FuzzOptions } from './run/fuzz.ts';
export type { Client, NodeInfo, Program, Target } from './system/system.ts';
