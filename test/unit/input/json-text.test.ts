import { expect, it } from 'vitest';
import { parseJson } from '../../../shared/input/json-text.ts';

it.each([
  ['{"a":[1,null]}', { a: [1, null] }],
  ['null', null],
  ['""', ''],
])('parses %s', (text, expected) => {
  expect(parseJson(text)).toEqual(expected);
});

it.each(['', 'not json', '{"a":1', "{'a':1}"])('returns undefined for %j, which is not JSON', (text) => {
  expect(parseJson(text)).toBeUndefined();
});
