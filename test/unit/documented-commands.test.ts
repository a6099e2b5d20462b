import { expect, it } from 'vitest';
import { commandBlocks, DOCUMENTED } from '../documented-commands.ts';

it('every block of shell commands in the documents is run by a test, or listed with the reason why not', () => {
  const listed = Object.entries(DOCUMENTED).flatMap(([document, blocks]) =>
    Object.keys(blocks).map((first) => `${document}: ${first}`),
  );
  const found = commandBlocks().map(({ document, first }) => `${document}: ${first}`);
  expect(found.length).toBeGreaterThan(20);
  expect(found.sort()).toEqual(listed.sort());
});
