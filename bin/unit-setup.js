// Before each file of unit tests: what they start is not counted as covered. A thread or child loads the
// sources in another form than vitest does, and the offsets of the two would be mixed up. (Cluster tests
// start whole programs, which are counted: see vitest.config.ts.)
delete process.env.NODE_V8_COVERAGE;
