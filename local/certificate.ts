import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { writeWhole } from './state-file.ts';

export interface Certificate {
  caFile: string;
  certFile: string;
  keyFile: string;
  /** The same three as PEM. */
  ca: string;
  cert: string;
  key: string;
}

const day = 24 * 60 * 60 * 1000;

/** The folder's certificate for 127.0.0.1 and localhost with the CA to trust; makes both if absent or near their end. */
export async function ensureCertificate(folder: string): Promise<Certificate> {
  mkdirSync(folder, { recursive: true });
  const files = {
    caFile: join(folder, 'ca.pem'),
    certFile: join(folder, 'tls-cert.pem'),
    keyFile: join(folder, 'tls-key.pem'),
  };
  if (!Object.values(files).every((file) => existsSync(file)) || endsSoon(files.certFile)) await make(files);
  const read = (file: string): string => readFileSync(file, 'utf8');
  return { ...files, ca: read(files.caFile), cert: read(files.certFile), key: read(files.keyFile) };
}

function endsSoon(certFile: string): boolean {
  return new Date(new X509Certificate(readFileSync(certFile)).validTo).getTime() < Date.now() + 30 * day;
}

/** The CA's key is never stored: who trusts ca.pem trusts this one certificate and no later one. */
async function make(files: { caFile: string; certFile: string; keyFile: string }): Promise<void> {
  // Back-dated for clocks that differ; Apple's platforms refuse server certificates of more than 825 days.
  const common = {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - day),
    notAfterDate: new Date(Date.now() + 800 * day),
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
  writeWhole(files.keyFile, leaf.private);
  writeWhole(files.certFile, leaf.cert);
  writeWhole(files.caFile, ca.cert);
}
