/** An error of the user's making: shown as one line, exit code 2, never with a stack trace. */
export class UserError extends Error {
  override readonly name = 'UserError';
}
