import { afterAll, beforeAll } from 'vitest';
import { testFiles } from './house/files.ts';
import { testGetToken } from './house/get-token.ts';
import { type House, openHouse } from './house/house.ts';
import { testLeftAlone } from './house/left-alone.ts';
import { testOperatorActs } from './house/operator-acts.ts';
import { testSession } from './house/session.ts';

let house: House;

beforeAll(async () => {
  house = await openHouse();
});

afterAll(() => house.stop());

// One broker and one browser for all of them, because to start these takes longer than most tests.
const ofHouse = () => house;
testFiles(ofHouse);
testSession(ofHouse);
testGetToken(ofHouse);
testOperatorActs(ofHouse);
testLeftAlone(ofHouse);
