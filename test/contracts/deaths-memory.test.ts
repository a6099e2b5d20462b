import { MemoryDeaths } from '../fakes/memory-deaths.ts';
import { deathsContract } from './deaths.contract.ts';

deathsContract('memory', async () => new MemoryDeaths());
