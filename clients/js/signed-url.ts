/** The parameters that a SAS may have. */
const SAS_PARAMETERS = new Set(
  'sv ss srt sr st se sp sip spr si sig skoid sktid skt ske sks skv saoid suoid scid sdd ses rscc rscd rsce rscl rsct tn spk srk epk erk skdutid sduoid'.split(
    ' ',
  ),
);

/** Returns a URL with a SAS in place of the one that it has, if any. */
export function withSas(url: string, sas: string): string {
  const [base = '', ...rest] = url.split('?');
  const query = rest.join('?');
  const kept = query
    .split('&')
    .filter((part) => part !== '' && !SAS_PARAMETERS.has(part.split('=', 1)[0] ?? ''));
  return `${base}?${[...kept, sas].join('&')}`;
}
