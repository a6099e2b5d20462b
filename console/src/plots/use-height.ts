import { type RefObject, useEffect, useState } from 'react';

/**
 * Returns the height of a plot's drawing in the units in which its width is `width`. The style sheet says how high the plot
 * is on the page; `initial` is used until that is known.
 */
export function useHeightFor(plot: RefObject<SVGSVGElement | null>, width: number, initial: number): number {
  const [height, setHeight] = useState<number | null>(null);
  useEffect(() => {
    if (plot.current === null) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry === undefined || entry.contentRect.width === 0) return;
      setHeight(Math.round((entry.contentRect.height / entry.contentRect.width) * width));
    });
    observer.observe(plot.current);
    return () => observer.disconnect();
  }, [plot, width]);
  return height ?? initial;
}
