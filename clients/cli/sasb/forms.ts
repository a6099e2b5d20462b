import type { IssuedToken } from '../../js/index.ts';

type Form = (token: IssuedToken) => string;

/** What `sasb get -f` prints, by name. Values are quoted for POSIX shells. */
export const FORMS = {
  url: ({ url }) => url,
  token: ({ token }) => token,
  json: (token) => JSON.stringify(token),
  env: (token) =>
    Object.entries(environment(token))
      .map(([name, value]) => `export ${name}=${quote(value)}`)
      .join('\n'),
  'connection-string': connectionString,
  az: azCommand,
  azcopy: (token) =>
    writes(token)
      ? `azcopy copy FILE ${quote(token.url)} --from-to=LocalBlob`
      : `azcopy copy ${quote(token.url)} FILE`,
  rclone: (token) =>
    `RCLONE_AZUREBLOB_SAS_URL=${quote(token.url)} rclone lsf ${quote(`:azureblob:${token.resource.container ?? ''}`)}`,
  curl: curlConfiguration,
} as const satisfies Record<string, Form>;

/** Returns the variables that `exec` and the form `env` set. */
export function environment(token: IssuedToken): Record<string, string> {
  const { url, endpoint, expiresAt, resource } = token;
  return {
    SAS_URL: url,
    SAS_TOKEN: token.token,
    SAS_EXPIRES_AT: expiresAt,
    AZURE_STORAGE_ACCOUNT: resource.account,
    AZURE_STORAGE_SAS_TOKEN: token.token,
    AZURE_STORAGE_SERVICE_ENDPOINT: endpoint,
    RCLONE_AZUREBLOB_SAS_URL: url,
  };
}

function connectionString({ token, endpoint, endpoints, resource }: IssuedToken): string {
  const all = Object.entries(endpoints ?? { [resource.service ?? 'blob']: endpoint });
  const places = all.map(
    ([service, place]) => `${service.charAt(0).toUpperCase()}${service.slice(1)}Endpoint=${place}`,
  );
  return [...places, `SharedAccessSignature=${token}`].join(';');
}

function azCommand(token: IssuedToken): string {
  const { endpoint, resource } = token;
  const { container = 'CONTAINER', blob } = resource;
  const place = `--blob-endpoint ${quote(endpoint)} --container-name ${quote(container)}`;
  const set = `AZURE_STORAGE_SAS_TOKEN=${quote(token.token)}`;
  if (blob === undefined) return `${set} az storage blob list ${place} --output table`;
  const verb = writes(token) ? 'upload' : 'download';
  return `${set} az storage blob ${verb} ${place} --name ${quote(blob)} --file FILE`;
}

/** For `curl --config -`, which keeps the token out of the list of processes. */
function curlConfiguration({ url, request }: IssuedToken): string {
  const headers = Object.entries(request?.headers ?? {}).map(
    ([name, value]) => `header = "${name}: ${value}"`,
  );
  return [`url = "${url}"`, ...headers].join('\n');
}

const writes = ({ permissions }: IssuedToken): boolean => /[cw]/.test(permissions);

/** Quotes a value for a POSIX shell. */
function quote(value: string): string {
  return /^[\w./:@%+=-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}
