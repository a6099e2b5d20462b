export type { AuditRecord, Completion, Explanation, IssuedToken, Problem, TokenRequest } from './api.ts';
export type { GetBearer } from './broker-calls.ts';
export { BrokerProblem, type Fault } from './broker-problem.ts';
export type { RetryOptions } from './retry-delay.ts';
export { SasBroker, type SasBrokerOptions, type SignalOptions, type TokenSource } from './sas-broker.ts';
export type { GetOptions } from './token-cycler.ts';
export { isSignatureRefused } from './refused-signature.ts';
