import { EXIT, Exit } from './exit-codes.ts';
import type { Terminal, World } from './world.ts';

const INTERRUPT = '\u0003';
const END = '\u0004';
const CLEAR = '\u0015';
const DELETIONS = ['\u0008', '\u007f'];
/** What terminals write around a paste. */
// eslint-disable-next-line no-control-regex -- terminals write this control character
const PASTE_MARKS = /\u001b\[20[01]~/g;
/** A paste that has line breaks arrives at once. What comes within this time after Enter still belongs to it. */
const PASTE_PAUSE_MS = 150;

/**
 * Reads text from a terminal that does not show it. Enter ends it. The lines of a paste belong together: if the rest of a
 * wrapped URL were left unread, the shell would take it as a command and keep it in its history.
 * @throws Exit 130 on Ctrl-C.
 */
export async function readHiddenText(
  terminal: World['input'] & Terminal,
  pauseMs = PASTE_PAUSE_MS,
): Promise<string> {
  terminal.setRawMode(true);
  try {
    return await new Promise<string>((resolve, reject) => {
      let text = '';
      let timer: NodeJS.Timeout | undefined;
      const finish = (): void => {
        resolve(text.replace(PASTE_MARKS, ''));
      };
      terminal.on('data', (chunk: Buffer | string) => {
        for (const character of chunk.toString()) {
          if (character === INTERRUPT) reject(new Exit(EXIT.interrupted, 'Interrupted.'));
          else if (character === CLEAR) text = '';
          else if (DELETIONS.includes(character)) text = text.slice(0, -1);
          else if (character === END) finish();
          else text += character === '\r' ? '\n' : character;
        }
        clearTimeout(timer);
        if (text.includes('\n')) timer = setTimeout(finish, pauseMs);
      });
      terminal.once('end', finish);
    });
  } finally {
    terminal.removeAllListeners('data');
    terminal.setRawMode(false);
    terminal.pause();
  }
}
