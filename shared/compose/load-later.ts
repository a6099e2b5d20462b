import { loadOnce } from '../load-once.ts';

type Methods<Port> = {
  readonly [Name in keyof Port]: (...parameters: never[]) => Promise<unknown>;
};

/**
 * Returns a port whose adapter, with the SDK that it imports, is loaded with the first call of a method. A call that fails to
 * load the adapter rejects, before anything is sent.
 */
export function loadLater<Port extends Methods<Port>>(load: () => Promise<Port>): Port {
  const loadAdapter = loadOnce(load);
  let adapter: Port | null = null;
  const call = async (name: keyof Port, parameters: never[]): Promise<unknown> => {
    adapter ??= await loadAdapter();
    return adapter[name](...parameters);
  };
  return new Proxy({} as Port, {
    get: (_target, name) => {
      // A port is not a promise: something that awaits it must not call an adapter's method of this name.
      if (name === 'then') return undefined;
      return (...parameters: never[]) => call(name as keyof Port, parameters);
    },
  });
}
