import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { House } from './house.ts';

/** Tests what the broker serves as the console. */
export function testFiles(house: () => House): void {
  describe('the console’s files', () => {
    test('are served as the host serves them', async () => {
      const page = await fetch(house().address);
      expect(page.status).toBe(200);
      expect(page.headers.get('cache-control')).toBe('no-store');
      expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
      const [, script = ''] = /src="(app-[A-Z0-9]{8}\.js)"/.exec(await page.text()) ?? [];
      const head = await fetch(`${house().address}${script}`, {
        method: 'HEAD',
        headers: { 'accept-encoding': 'br' },
      });
      expect(head.status).toBe(200);
      expect(head.headers.get('content-encoding')).toBe('br');
      expect(head.headers.get('cache-control')).toContain('immutable');
      const slash = await fetch(`${house().broker.url}/console`, { redirect: 'manual' });
      expect([slash.status, slash.headers.get('location')]).toEqual([308, '/api/console/']);
      expect((await fetch(`${house().address}app-AAAAAAAA.js`)).status).toBe(404);
      expect((await fetch(house().address, { method: 'POST' })).status).toBe(404);
    });

    test('are at most 300 KiB of scripts and styles, compressed with gzip', () => {
      const folder = join(import.meta.dirname, '../../../../dist/console');
      const files = readdirSync(folder).filter((file) => /\.(?:js|css)$/.test(file));
      const sizes = files.map((file) => gzipSync(readFileSync(join(folder, file)), { level: 9 }).length);
      expect(files.length).toBeGreaterThan(1);
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(300 * 1024);
    });
  });
}
