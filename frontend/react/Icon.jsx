/** @file Small drawings beside the words; they mean nothing by themselves. */

const SHAPES = {
  shield: 'M12 3.5 5 6v5.5c0 4.2 2.8 7.4 7 9 4.2-1.6 7-4.8 7-9V6l-7-2.5Z M9.2 11.8l2 2 3.8-3.9',
  pen: 'M4.5 19.5h15 M6 16l1-3.6L15.6 3.8a1.7 1.7 0 0 1 2.4 0l.7.7a1.7 1.7 0 0 1 0 2.4L10 15.4 6 16Z',
  card: 'M3.5 6.5h17v11h-17z M3.5 10h17 M6.5 14.5h4',
  plug: 'M9 3.5v4 M15 3.5v4 M6.5 7.5h11V11a5.5 5.5 0 0 1-11 0V7.5Z M12 16.5v4',
  check: 'M5.5 12.5l4.3 4.3 8.7-9',
  clock: 'M12 7v5.2l3.3 2 M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17Z',
  alert: 'M12 4.2 3.4 19.2h17.2L12 4.2Z M12 10v4.2 M12 16.7v.1',
};

/** @typedef {keyof typeof SHAPES} Shape */

/**
 * @param {{ shape: Shape }} props
 */
export function Icon({ shape }) {
  return (
    <svg className="echoseal-icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={SHAPES[shape]} />
    </svg>
  );
}
