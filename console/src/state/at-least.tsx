import { MessageBar, MessageBarBody } from '@fluentui/react-components';

/** Says that counts are too low. Show it where `scannedAll` is false. */
export function NotReadToItsEnd() {
  return (
    <MessageBar intent="warning" layout="multiline">
      <MessageBarBody>The audit table was not read to its end, so there may be more.</MessageBarBody>
    </MessageBar>
  );
}

/** Returns a count for people: "1,289", or "at least 1,289" if not every row was read. */
export function countText(count: number, scannedAll = true): string {
  return `${scannedAll ? '' : 'at least '}${count.toLocaleString('en')}`;
}
