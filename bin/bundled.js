/** Files of `src`, without their ending, that the build makes large ones of: what `bin/bundle.js` is for. */
export const BUNDLED = [
  'src/tui/oclif',
  'src/tui/hermes-command',
  'src/history/formats/csv-events',
  'src/report/check-flags',
  'src/report/check-report',
  'src/report/convert-history',
  'src/report/cycle-files',
  'src/report/html/read-report',
  'src/report/text',
  'src/report/verdict-text',
  'src/run/check-events',
  'src/run/check-job',
  'src/run/explain-suspects',
  'src/run/key-worker',
];
