import { sampleCallers } from './sample-callers.ts';
import type { StackDescription } from './stack-description.ts';

/** Lines that can be pasted into a shell in the project's folder, for a stack that runs; `log` is the broker's file. */
export function quickStart({ broker, ca, accounts }: StackDescription, log?: string): string {
  const mine = `${accounts['media']?.blob ?? ''}/uploads/${sampleCallers['uploader']?.oid ?? ''}/hello.txt`;
  const photo = `${accounts['media']?.blob ?? ''}/photos/sample.jpg`;
  const ask = (caller: string, body: object): string =>
    `curl -sS ${broker}/tokens -H "Authorization: Bearer $(npm run --silent token -- ${caller})" ` +
    `-H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`;
  const member = (name: string): string => `$(node -p 'JSON.parse(process.argv[1]).${name}' "$REPLY")`;
  const auditor = `-H "Authorization: Bearer $(npm run --silent token -- auditor)"`;
  return `
The broker answers at ${broker}. Try it: each line can be pasted here, in another terminal.

# uploader: a token to create one blob in their own folder, and the upload it is for (201)
REPLY=$(${ask('uploader', { url: mine, permissions: 'cw', purpose: 'quick start' })}); echo "$REPLY"
curl -sS --cacert ${ca} -X PUT -H 'x-ms-blob-type: BlockBlob' --data-binary 'hello' -o /dev/null -w '%{http_code}\\n' "${member('url')}"

# auditor: who got that token, and what a leaked URL leads to
curl -sS ${broker}/tokens/${member('id')} ${auditor}; echo
curl -sS ${broker}/tokens/lookup ${auditor} -H 'Content-Type: application/json' -d "{\\"url\\":\\"${member('url')}\\"}"; echo

# reader: download a photo (200), and be refused an upload (403)
REPLY=$(${ask('reader', { url: photo, permissions: 'r' })}); echo "$REPLY"
curl -sS --cacert ${ca} -o .local/sample.jpg -w '%{http_code}\\n' "${member('url')}"
${ask('reader', { url: mine, permissions: 'cw' })}; echo

${log ? `The broker's log is ${log}; only warnings and errors appear here too. ` : ''}Ctrl-C ends it. Everything it keeps is in .local/; delete that folder for a fresh start.
`;
}
