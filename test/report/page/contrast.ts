import type { Page } from 'playwright-core';

/** The texts of a page whose contrast to what is behind them is lower than that, with their contrast (WCAG 2). */
export function contrastsBelow(page: Page, least: number): Promise<unknown> {
  return page.evaluate(`(${String(findLowContrasts)})(${least})`);
}

/* eslint-disable */
/** Runs in the page. */
function findLowContrasts(least: number): string[] {
  const { document, getComputedStyle } = globalThis as any;
  const channels = (color: string): number[] => (color.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (color: string): number => {
    const [r = 0, g = 0, b = 0] = channels(color).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const backgroundOf = (element: any): string => {
    for (let one = element; one !== null; one = one.parentElement) {
      const { backgroundColor } = getComputedStyle(one);
      if (channels(backgroundColor)[3] !== 0) return backgroundColor;
    }
    return 'rgb(255, 255, 255)';
  };
  const found: string[] = [];
  for (const element of document.body.querySelectorAll('*')) {
    const hasText = [...element.childNodes].some((node: any) => node.nodeType === 3 && node.data.trim() !== '');
    if (!hasText || !element.checkVisibility() || ['SCRIPT', 'TITLE', 'title'].includes(element.tagName)) continue;
    const style = getComputedStyle(element);
    const pair = [luminance(element.tagName === 'text' ? style.fill : style.color), luminance(backgroundOf(element))];
    const contrast = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    if (contrast < least) found.push(`${element.tagName} ${element.textContent.trim()}: ${contrast.toFixed(1)}`);
  }
  return found;
}
