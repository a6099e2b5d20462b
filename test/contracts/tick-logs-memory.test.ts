import { MemoryTickLogs } from '../fakes/memory-tick-logs.ts';
import { tickLogsContract } from './tick-logs.contract.ts';

tickLogsContract('memory', async () => new MemoryTickLogs());
