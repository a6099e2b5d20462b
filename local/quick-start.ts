import type { LocalSettingsOutcome } from './local-settings.ts';
import { sampleCallers } from './sample-callers.ts';
import type { StackDescription } from './stack-description.ts';

/**
 * Returns what `npm start` prints: shell lines to paste in the project's folder while the stack runs. `log` is the path
 * of the broker's log file.
 */
export function formatQuickStart(description: StackDescription, log?: string): string {
  return `
The broker is running at ${description.broker}.

console: ${description.console}
Sign in there as a sample caller. The browser asks once about the stack's certificate, on the sign-in page, unless it trusts ${description.ca}.

To try the API, paste these lines into another terminal in this folder:

${formatCommands(description)}

${log ? `The broker's log is ${log}; only warnings and errors are also shown here. ` : ''}${formatStop()}
`;
}

/** Returns what `npm run azure` prints. */
export function formatAzureStart(description: StackDescription, settings: LocalSettingsOutcome): string {
  return `
The laptop Azure is running without a broker. To serve the broker on it, run this in another terminal in this folder:

func start

${formatSettings(settings)}
The broker will be at ${description.broker}. When it is up, paste these lines to try it:

${formatCommands(description)}

${formatStop()}
`;
}

function formatSettings(settings: LocalSettingsOutcome): string {
  if (settings === 'written') return 'local.settings.json was written. Core Tools reads it.';
  if (settings.differing.length === 0) return 'local.settings.json matches this stack. Core Tools reads it.';
  return `local.settings.json exists and was not changed. It differs from this stack in ${settings.differing.join(', ')}. Delete it and start again to get a new one.`;
}

function formatStop(): string {
  return 'Press Ctrl-C to stop. All data is in .local/; delete that folder to start afresh.';
}

function formatCommands({ broker, ca, accounts }: StackDescription): string {
  const uploadUrl = `${accounts['media']?.blob ?? ''}/uploads/${sampleCallers['uploader']?.oid ?? ''}/hello.txt`;
  const photoUrl = `${accounts['media']?.blob ?? ''}/photos/sample.jpg`;
  const requestToken = (caller: string, body: object): string =>
    `curl -sS ${broker}/tokens -H "Authorization: Bearer $(npm run --silent token -- ${caller})" ` +
    `-H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`;
  const replyMember = (name: string): string => `$(node -p 'JSON.parse(process.argv[1]).${name}' "$REPLY")`;
  const auditorHeader = `-H "Authorization: Bearer $(npm run --silent token -- auditor)"`;
  return `# uploader: a token to create one blob in their own folder, and the upload it is for (201)
REPLY=$(${requestToken('uploader', { url: uploadUrl, permissions: 'cw', purpose: 'quick start' })}); echo "$REPLY"
curl -sS --cacert ${ca} -X PUT -H 'x-ms-blob-type: BlockBlob' --data-binary 'hello' -o /dev/null -w '%{http_code}\\n' "${replyMember('url')}"

# auditor: who got that token, and what a leaked URL leads to
curl -sS ${broker}/tokens/${replyMember('id')} ${auditorHeader}; echo
curl -sS ${broker}/tokens/lookup ${auditorHeader} -H 'Content-Type: application/json' -d "{\\"url\\":\\"${replyMember('url')}\\"}"; echo

# reader: download a photo (200), and be refused an upload (403)
REPLY=$(${requestToken('reader', { url: photoUrl, permissions: 'r' })}); echo "$REPLY"
curl -sS --cacert ${ca} -o .local/sample.jpg -w '%{http_code}\\n' "${replyMember('url')}"
${requestToken('reader', { url: uploadUrl, permissions: 'cw' })}; echo`;
}
