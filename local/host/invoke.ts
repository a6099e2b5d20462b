import { randomUUID } from 'node:crypto';
import type {
  Binding,
  Callback,
  FunctionMetadata,
  FunctionsApp,
  InvocationModel,
  RpcValue,
} from './core-module.ts';
import { formatLine, isLogged } from './log.ts';

export interface HostedFunction {
  name: string;
  trigger: Binding;
  /** Runs the function once with the trigger's data. If the handler throws, logs the error and rejects with it. */
  invoke(data: RpcValue, traceParent?: string): Promise<RpcValue | null | undefined>;
}

/** Returns the functions that the app registered. Throws an error that lists everything this host does not support. */
export function loadFunctions(app: FunctionsApp): HostedFunction[] {
  const names = app.functions.map(({ metadata }) => metadata.name.toLowerCase());
  const faults = app.functions.flatMap(({ metadata }, index) => [
    ...(names.indexOf(metadata.name.toLowerCase()) < index
      ? [`two functions are named "${metadata.name}"`]
      : []),
    ...findFaults(metadata).map((fault) => `function "${metadata.name}": ${fault}`),
  ]);
  if (app.functions.length === 0) faults.push('the app registers no functions');
  if (faults.length > 0) throw new Error(`This host cannot run the app:\n- ${faults.join('\n- ')}`);
  return app.functions.map(({ metadata, callback }) => ({
    name: metadata.name,
    trigger: findTrigger(metadata),
    invoke: (data, traceParent = '') => invokeFunction(app, metadata, callback, data, traceParent),
  }));
}

function findTrigger({ bindings }: FunctionMetadata): Binding {
  const trigger = Object.values(bindings).find(({ type }) => /trigger$/i.test(type));
  return trigger ?? { name: '', type: 'no trigger', direction: 'in' };
}

function findFaults(metadata: FunctionMetadata): string[] {
  const trigger = findTrigger(metadata);
  const others = Object.values(metadata.bindings).filter(
    (binding) => binding !== trigger && !(trigger.type === 'httpTrigger' && binding.type === 'http'),
  );
  const faults = others.map(({ type, direction }) => `${direction} binding "${type}" is not supported`);
  if (trigger.type === 'httpTrigger') {
    if (trigger['authLevel'] !== 'anonymous')
      faults.push(`authLevel must be anonymous, because this host has no function keys`);
  } else if (trigger.type !== 'timerTrigger')
    faults.push(`trigger "${trigger.type}" is not supported; use an HTTP or timer trigger`);
  if (metadata.retryOptions) faults.push('retry policies are not supported');
  return faults;
}

async function invokeFunction(
  app: FunctionsApp,
  metadata: FunctionMetadata,
  callback: Callback,
  data: RpcValue,
  traceParent: string,
): Promise<RpcValue | null | undefined> {
  const log = (level: string, message: string): void => {
    if (isLogged(level)) console.log(formatLine(level, metadata.name, message));
  };
  const invocationId = randomUUID();
  const request = {
    invocationId,
    inputData: [{ name: findTrigger(metadata).name, data }],
    traceContext: { traceParent, traceState: '', attributes: {} },
    triggerMetadata: {},
  };
  const coreLog = (level: string, _category: string, message: string): void => log(level, message);
  try {
    const model = app.model?.getInvocationModel({ invocationId, metadata, request, log: coreLog });
    if (!model) throw new Error('the app registered no programming model');
    return await runHandler(app, model, callback);
  } catch (error) {
    log('error', error instanceof Error ? (error.stack ?? error.message) : String(error));
    throw error;
  }
}

/** Runs the handler between the app's hooks, which may change its input and its result. */
async function runHandler(
  app: FunctionsApp,
  model: InvocationModel,
  callback: Callback,
): Promise<RpcValue | null | undefined> {
  const { context: invocationContext, inputs } = await model.getArguments();
  const before = { hookData: {}, inputs, functionCallback: callback, invocationContext };
  await app.runHooks('preInvocation', before);
  const after: typeof before & { result?: unknown; error?: unknown } = before;
  try {
    after.result = await model.invokeFunction(invocationContext, before.inputs, before.functionCallback);
  } catch (error) {
    after.error = error;
  }
  await app.runHooks('postInvocation', after);
  if (after.error !== undefined && after.error !== null) throw after.error as Error;
  return (await model.getResponse(invocationContext, after.result)).returnValue;
}
