#!/usr/bin/env node
/** `sasb`: gets tokens of the broker for other tools, and moves files with them. See docs/uploads.md. */
import { runSasb } from './sasb/run-sasb.ts';

process.exitCode = await runSasb(process.argv.slice(2), process);
