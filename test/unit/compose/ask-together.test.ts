import type { AccessToken, GetTokenOptions, TokenCredential } from '@azure/identity';
import { expect, it } from 'vitest';
import { askTogether } from '../../../shared/compose/ask-together.ts';

/** A credential whose answers the test gives. */
function slowCredential() {
  const asked: { scopes: string | string[]; options: GetTokenOptions | undefined }[] = [];
  const answers: { resolve: (token: AccessToken) => void; reject: (error: Error) => void }[] = [];
  const credential: TokenCredential = {
    getToken: (scopes, options) => {
      asked.push({ scopes, options });
      return new Promise((resolve, reject) => answers.push({ resolve, reject }));
    },
  };
  return { asked, answers, shared: askTogether(() => credential) };
}

const token = (text: string): AccessToken => ({ token: text, expiresOnTimestamp: 0 });

it('asks once for all who ask at the same time, and again later', async () => {
  const { asked, answers, shared } = slowCredential();
  const both = Promise.all([shared.getToken('a'), shared.getToken(['a'])]);
  answers[0]!.resolve(token('first'));
  expect((await both).map((one) => one?.token)).toEqual(['first', 'first']);
  void shared.getToken('a');
  expect(asked).toHaveLength(2);
});

it('asks for each scope and tenant, and for other claims, on its own', () => {
  const { asked, shared } = slowCredential();
  void shared.getToken('a');
  void shared.getToken('b');
  void shared.getToken('a', { tenantId: 't' });
  void shared.getToken('a', { claims: 'c' });
  void shared.getToken('a', { claims: 'c' });
  expect(asked).toHaveLength(5);
});

it('tells all who asked of a failure, and asks again afterwards', async () => {
  const { asked, answers, shared } = slowCredential();
  const both = Promise.allSettled([shared.getToken('a'), shared.getToken('a')]);
  answers[0]!.reject(new Error('down'));
  expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  void shared.getToken('a');
  expect(asked).toHaveLength(2);
});

it('does not let one who stops waiting stop the others', () => {
  const { asked, shared } = slowCredential();
  void shared.getToken('a', { abortSignal: AbortSignal.abort() });
  expect(asked[0]!.options).not.toHaveProperty('abortSignal');
});

it('creates the credential once, when it is first asked', () => {
  const created: TokenCredential[] = [];
  const shared = askTogether(() => {
    const credential: TokenCredential = { getToken: () => Promise.resolve(null) };
    created.push(credential);
    return credential;
  });
  expect(created).toHaveLength(0);
  void shared.getToken('a');
  void shared.getToken('b');
  expect(created).toHaveLength(1);
});
