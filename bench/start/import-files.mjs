// Prints what importing the files in the arguments costs a new process: CPU and wall time in milliseconds, memory in MiB.
import Module from 'node:module';
import { pathToFileURL } from 'node:url';

const core = new Proxy({}, { get: () => () => ({}) });
const load = Module._load.bind(Module);
Module._load = (request, ...rest) => (request === '@azure/functions-core' ? core : load(request, ...rest));
// On a slow machine, the broker's warm-up would start before the last import ends.
globalThis.setTimeout = () => ({ unref: () => ({}) });

const cpu = process.cpuUsage();
const started = performance.now();
for (const file of process.argv.slice(2)) await import(pathToFileURL(file).href);
const wallMs = performance.now() - started;
const { user, system } = process.cpuUsage(cpu);
console.log(
  JSON.stringify({ cpuMs: (user + system) / 1000, wallMs, mib: process.memoryUsage.rss() / 2 ** 20 }),
);
// The broker's own timers must not keep the process.
process.exit(0);
