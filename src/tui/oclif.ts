/**
 * All that the program uses of oclif. The build puts one file in place of this one and the hundred and more
 * that it imports (`bin/bundle.js`): every start waits for each file that it reads.
 */
export * as Args from '@oclif/core/args';
export { Command } from '@oclif/core/command';
export { Config } from '@oclif/core/config';
export * as Flags from '@oclif/core/flags';
export { flush } from '@oclif/core/flush';
export { CommandHelp, Help, loadHelpClass } from '@oclif/core/help';
export type * as Interfaces from '@oclif/core/interfaces';
export { run } from '@oclif/core/run';
