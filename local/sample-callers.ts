/** All ids are made up. They are fixed so that tokens, grants and paths still match after a restart. */
export const tenantId = '0c0ffee0-0000-4000-8000-000000000000';
/** The `aud` claim of the sample callers' tokens. In Microsoft Entra it would be the API's client id. */
export const audience = '0c0ffee0-0000-4000-8000-0000000000a1';

export interface SampleCaller {
  oid: string;
  name: string;
  roles: string[];
}

export const sampleCallers: Record<string, SampleCaller> = {
  uploader: { oid: makeOid(1), name: 'Ursula Uploader', roles: ['Photos.Upload'] },
  reader: { oid: makeOid(2), name: 'Ravi Reader', roles: ['Photos.Read'] },
  backup: { oid: makeOid(3), name: 'Nightly backup', roles: ['Backup.Operator'] },
  auditor: { oid: makeOid(4), name: 'Ada Auditor', roles: ['Broker.Auditor'] },
  operator: { oid: makeOid(5), name: 'Otto Operator', roles: ['Broker.Operator'] },
  stranger: { oid: makeOid(6), name: 'Sam Stranger', roles: ['Nothing'] },
};

/** Returns the claims of a Microsoft Entra v2.0 access token for a sample caller. */
export function buildClaims(caller: string): Record<string, unknown> {
  const sample = sampleCallers[caller];
  if (!sample)
    throw new Error(
      `"${caller}" is not a sample caller; use one of ${Object.keys(sampleCallers).join(', ')}.`,
    );
  return { ...sample, sub: sample.oid, azp: caller, aud: audience, tid: tenantId, ver: '2.0' };
}

/** Client ids of the broker's managed identities. */
export const signerClientId = '0c0ffee0-0000-4000-8000-0000000000b1';
export const rotatorClientId = '0c0ffee0-0000-4000-8000-0000000000b2';
/** Client id of the identity that creates the stack's tables and sample data. The broker does not use it. */
export const seederClientId = '0c0ffee0-0000-4000-8000-0000000000b3';
/** Client id of the broker's identity that removes audit rows. */
export const purgerClientId = '0c0ffee0-0000-4000-8000-0000000000b4';
export const managedIdentities: Record<string, { oid: string }> = {
  [signerClientId]: { oid: makeOid(0xb1) },
  [rotatorClientId]: { oid: makeOid(0xb2) },
  [seederClientId]: { oid: makeOid(0xb3) },
  [purgerClientId]: { oid: makeOid(0xb4) },
};

function makeOid(number: number): string {
  return `0c0ffee0-0000-4000-9000-${number.toString(16).padStart(12, '0')}`;
}
