import type { DenialRows, RecordedDenials } from '../../shared/audit/denial-rows.ts';

/** Reads denials in memory, a few at a time. */
export function memoryDenialRows(denials: readonly RecordedDenials[], pageSize = 2): DenialRows {
  return {
    scan({ since, until }, _deadline, take) {
      const found = denials.filter(({ at }) => at >= since && at < until);
      for (let from = 0; from < found.length; from += pageSize) take(found.slice(from, from + pageSize));
      return Promise.resolve({ scannedAll: true });
    },
  };
}
