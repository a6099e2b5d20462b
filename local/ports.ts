import { createServer } from 'node:net';

const known = {
  broker: { setting: 'LOCAL_BROKER_PORT', usual: 7071 },
  blob: { setting: 'LOCAL_BLOB_PORT', usual: 10000 },
  queue: { setting: 'LOCAL_QUEUE_PORT', usual: 10001 },
  table: { setting: 'LOCAL_TABLE_PORT', usual: 10002 },
  issuer: { setting: 'LOCAL_ISSUER_PORT', usual: 10010 },
  keyVault: { setting: 'LOCAL_KEY_VAULT_PORT', usual: 10011 },
  identity: { setting: 'LOCAL_IDENTITY_PORT', usual: 10012 },
  resourceManager: { setting: 'LOCAL_RESOURCE_MANAGER_PORT', usual: 10013 },
} as const;

type PortName = keyof typeof known;
export type Ports = Record<PortName, number>;

function portsFrom(choose: (port: { setting: string; usual: number }) => number): Ports {
  return Object.fromEntries(Object.entries(known).map(([name, port]) => [name, choose(port)])) as Ports;
}

/** Every port free: the operating system picks. */
export const freePorts: Ports = portsFrom(() => 0);

/** The usual ports, each replaceable by its setting. Throws on a value that is no port. */
export function portsFromEnvironment(environment: NodeJS.ProcessEnv): Ports {
  return portsFrom(({ setting, usual }) => {
    const text = environment[setting];
    if (text === undefined || text === '') return usual;
    const port = Number(text);
    if (!/^\d+$/.test(text) || port < 1 || port > 65_535)
      throw new Error(`${setting} is not a port: "${text}"`);
    return port;
  });
}

/** Throws if ports are taken or named twice, naming all of them and the settings that change them. */
export async function assertFree(ports: Ports): Promise<void> {
  const names = Object.keys(known) as PortName[];
  const free = await Promise.all(names.map((name) => isFree(ports[name])));
  const faults = names.flatMap((name, index) => {
    const { setting } = known[name];
    const twin = names.find((other, at) => at < index && ports[other] === ports[name]);
    if (twin) return [`${setting} and ${known[twin].setting} are both ${ports[name]}.`];
    return free[index]
      ? []
      : [`Port ${ports[name]} (${name}) is taken. Choose another with ${setting}=<port>.`];
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
