/** Made-up identities. Fixed, so that a token, a grant and a path of yesterday still fit each other today. */
export const tenantId = '0c0ffee0-0000-4000-8000-000000000000';
/** The `aud` of sample callers' tokens: what Microsoft Entra would call the API's client id. */
export const audience = '0c0ffee0-0000-4000-8000-0000000000a1';

export interface SampleCaller {
  oid: string;
  name: string;
  roles: string[];
}

export const sampleCallers: Record<string, SampleCaller> = {
  uploader: { oid: oid(1), name: 'Ursula Uploader', roles: ['Photos.Upload'] },
  reader: { oid: oid(2), name: 'Ravi Reader', roles: ['Photos.Read'] },
  backup: { oid: oid(3), name: 'Nightly backup', roles: ['Backup.Operator'] },
  auditor: { oid: oid(4), name: 'Ada Auditor', roles: ['Broker.Auditor'] },
  operator: { oid: oid(5), name: 'Otto Operator', roles: ['Broker.Operator'] },
  stranger: { oid: oid(6), name: 'Sam Stranger', roles: ['Nothing'] },
};

/** The broker's own managed identities by client id. */
export const signerClientId = '0c0ffee0-0000-4000-8000-0000000000b1';
export const rotatorClientId = '0c0ffee0-0000-4000-8000-0000000000b2';
/** Makes the stack's tables and sample data; the broker doesn't know it. */
export const seederClientId = '0c0ffee0-0000-4000-8000-0000000000b3';
export const managedIdentities: Record<string, { oid: string }> = {
  [signerClientId]: { oid: oid(0xb1) },
  [rotatorClientId]: { oid: oid(0xb2) },
  [seederClientId]: { oid: oid(0xb3) },
};

function oid(number: number): string {
  return `0c0ffee0-0000-4000-9000-${number.toString(16).padStart(12, '0')}`;
}
