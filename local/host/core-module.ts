import Module from 'node:module';
import { formatLine, isLogged } from './log.ts';

/*
 * The part of the interface between `@azure/functions` and the worker's module `@azure/functions-core` that this host
 * uses.
 */

export interface Binding {
  name: string;
  type: string;
  direction: 'in' | 'out';
  [setting: string]: unknown;
}
export interface FunctionMetadata {
  name: string;
  bindings: Record<string, Binding>;
  retryOptions?: unknown;
}
export type Callback = (...parameters: unknown[]) => unknown;
export interface InvocationModel {
  getArguments(): Promise<{ context: object; inputs: unknown[] }>;
  invokeFunction(context: object, inputs: unknown[], callback: Callback): Promise<unknown>;
  getResponse(context: object, result: unknown): Promise<{ returnValue?: RpcValue | null }>;
}
interface ProgrammingModel {
  getInvocationModel(context: object): InvocationModel;
  getCapabilities(capabilities: Record<string, string>): Promise<Record<string, string>>;
}
/** The members of the worker protocol's TypedData that HTTP and timer functions see. */
export interface RpcValue {
  json?: string;
  string?: string;
  bytes?: Uint8Array;
  http?: RpcHttp;
}
export interface RpcHttp {
  method?: string;
  url?: string;
  statusCode?: string;
  headers?: Record<string, string>;
  nullableHeaders?: Record<string, { value: string }>;
  nullableQuery?: Record<string, { value: string }>;
  nullableParams?: Record<string, { value: string }>;
  cookies?: RpcCookie[];
  body?: RpcValue | null;
}
export interface RpcCookie {
  name: string;
  value: string;
  domain?: { value: string };
  path?: { value: string };
  expires?: { value: { seconds: number } };
  secure?: { value: boolean };
  httpOnly?: { value: boolean };
  sameSite: 'none' | 'lax' | 'strict' | 'explicitNone';
  maxAge?: { value: number };
}

export interface FunctionsApp {
  functions: { metadata: FunctionMetadata; callback: Callback }[];
  model: ProgrammingModel | undefined;
  /** Runs the app's hooks of that name in order. They may change `context`. */
  runHooks(name: string, context: object): Promise<void>;
}

/**
 * Makes `require('@azure/functions-core')` work in this process, as the real Node worker does, and collects what the
 * app registers. Without that module, `@azure/functions` only prints a warning and registers nothing.
 */
export function installCoreModule(): FunctionsApp {
  const hooks: { name: string; callback: Callback }[] = [];
  const app: FunctionsApp = {
    functions: [],
    model: undefined,
    runHooks: async (name, context) => {
      for (const hook of hooks) if (hook.name === name) await hook.callback(context);
    },
  };
  const toDisposable = (dispose: () => void): object => ({ dispose });
  const core = {
    version: '3.12.0',
    hostVersion: '4.1037.0',
    setProgrammingModel: (model: ProgrammingModel) => (app.model = model),
    getProgrammingModel: () => app.model,
    registerFunction: (metadata: FunctionMetadata, callback: Callback) => {
      app.functions.push({ metadata, callback });
      return toDisposable(() => undefined);
    },
    registerHook: (name: string, callback: Callback) => {
      const hook = { name, callback };
      hooks.push(hook);
      return toDisposable(() => hooks.splice(hooks.indexOf(hook), 1));
    },
    log: (level: string, _category: string, message: string) => {
      if (isLogged(level)) console.log(formatLine(level, 'worker', message));
    },
  };
  const loader = Module as unknown as { _load: (request: string, ...rest: unknown[]) => unknown };
  const load = loader._load.bind(Module);
  loader._load = (request, ...rest) => (request === '@azure/functions-core' ? core : load(request, ...rest));
  return app;
}
