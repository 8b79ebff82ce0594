/** `hermes doctor`: what this machine can and cannot do, measured, and how to mend it. */
import { EXIT, HermesCommand } from '../src/tui/hermes-command.ts';

export default class DoctorCommand extends HermesCommand {
  static override summary = 'what this machine can and cannot do, measured, and how to mend it';
  static override description =
    'Starts, stops and cuts small things for about half a second and removes them again. Ends with 254 when something is missing that every cluster needs.';
  static override examples = ['<%= config.bin %> doctor', '<%= config.bin %> doctor --json'];

  async run(): Promise<object> {
    await this.parse(DoctorCommand);
    const { examine } = await import('../src/cluster/doctor/examine.ts');
    const { doctorText } = await import('../src/cluster/doctor/doctor-text.ts');
    const examination = await examine();
    this.log(doctorText(examination));
    if (!examination.ready) process.exitCode = EXIT.user;
    return examination;
  }
}
