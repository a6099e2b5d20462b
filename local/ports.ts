import { createServer } from 'node:net';

const knownPorts = {
  broker: { setting: 'LOCAL_BROKER_PORT', defaultPort: 7071 },
  blob: { setting: 'LOCAL_BLOB_PORT', defaultPort: 10000 },
  queue: { setting: 'LOCAL_QUEUE_PORT', defaultPort: 10001 },
  table: { setting: 'LOCAL_TABLE_PORT', defaultPort: 10002 },
  // Storage over plain HTTP, for AzureWebJobsStorage.
  hostBlob: { setting: 'LOCAL_HOST_BLOB_PORT', defaultPort: 10003 },
  hostQueue: { setting: 'LOCAL_HOST_QUEUE_PORT', defaultPort: 10004 },
  hostTable: { setting: 'LOCAL_HOST_TABLE_PORT', defaultPort: 10005 },
  issuer: { setting: 'LOCAL_ISSUER_PORT', defaultPort: 10010 },
  keyVault: { setting: 'LOCAL_KEY_VAULT_PORT', defaultPort: 10011 },
  identity: { setting: 'LOCAL_IDENTITY_PORT', defaultPort: 10012 },
  resourceManager: { setting: 'LOCAL_RESOURCE_MANAGER_PORT', defaultPort: 10013 },
} as const;

type PortName = keyof typeof knownPorts;
export type Ports = Record<PortName, number>;

function choosePorts(choose: (known: { setting: string; defaultPort: number }) => number): Ports {
  return Object.fromEntries(
    Object.entries(knownPorts).map(([name, known]) => [name, choose(known)]),
  ) as Ports;
}

/** Every port is 0, so the operating system picks free ones. */
export const freePorts: Ports = choosePorts(() => 0);

/** Returns the default ports, each overridden by its setting. Throws if a setting is not a port. */
export function readPorts(environment: NodeJS.ProcessEnv): Ports {
  return choosePorts(({ setting, defaultPort }) => {
    const text = environment[setting];
    if (text === undefined || text === '') return defaultPort;
    const port = Number(text);
    if (!/^\d+$/.test(text) || port < 1 || port > 65_535)
      throw new Error(`${setting} must be a port from 1 to 65535, but is "${text}".`);
    return port;
  });
}

/** Throws if ports are in use or not unique. The message lists all of them, and the settings that change them. */
export async function assertPortsFree(ports: Ports): Promise<void> {
  const names = Object.keys(knownPorts) as PortName[];
  const free = await Promise.all(names.map((name) => isFree(ports[name])));
  const faults = names.flatMap((name, index) => {
    const { setting } = knownPorts[name];
    const twin = names.find((other, at) => at < index && ports[other] === ports[name]);
    if (twin)
      return [`${knownPorts[twin].setting} and ${setting} are both ${ports[name]}, but must be different.`];
    return free[index]
      ? []
      : [`Port ${ports[name]} (${name}) is already in use. Choose another with ${setting}=<port>.`];
  });
  if (faults.length > 0) throw new Error(faults.join('\n'));
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => {
      resolve(false);
    });
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
