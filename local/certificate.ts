import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { writeAtomically } from './state-file.ts';

export interface Certificate {
  caFile: string;
  certFile: string;
  keyFile: string;
  /** The content of the three files, in PEM. */
  ca: string;
  cert: string;
  key: string;
}

const dayMs = 24 * 60 * 60 * 1000;

/**
 * Returns the folder's certificate for 127.0.0.1 and localhost, and the CA to trust. Creates both if they are missing
 * or the certificate expires within 30 days.
 */
export async function ensureCertificate(folder: string): Promise<Certificate> {
  mkdirSync(folder, { recursive: true });
  const files = {
    caFile: join(folder, 'ca.pem'),
    certFile: join(folder, 'tls-cert.pem'),
    keyFile: join(folder, 'tls-key.pem'),
  };
  if (!Object.values(files).every((file) => existsSync(file)) || expiresSoon(files.certFile))
    await createCertificate(files);
  const read = (file: string): string => readFileSync(file, 'utf8');
  return { ...files, ca: read(files.caFile), cert: read(files.certFile), key: read(files.keyFile) };
}

function expiresSoon(certFile: string): boolean {
  return new Date(new X509Certificate(readFileSync(certFile)).validTo).getTime() < Date.now() + 30 * dayMs;
}

/** Never stores the CA's key, so a client that trusts ca.pem trusts this one certificate and no later one. */
async function createCertificate(files: {
  caFile: string;
  certFile: string;
  keyFile: string;
}): Promise<void> {
  // Backdated by a day for clients whose clocks are behind. Apple's platforms refuse a server certificate that is valid
  // for more than 825 days.
  const common = {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - dayMs),
    notAfterDate: new Date(Date.now() + 800 * dayMs),
  } as const;
  const ca = await generate([{ name: 'commonName', value: `Laptop Azure CA ${Date.now().toString(36)}` }], {
    ...common,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const leaf = await generate([{ name: 'commonName', value: 'localhost' }], {
    ...common,
    ca: { key: ca.private, cert: ca.cert },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  writeAtomically(files.keyFile, leaf.private);
  writeAtomically(files.certFile, leaf.cert);
  writeAtomically(files.caFile, ca.cert);
}
