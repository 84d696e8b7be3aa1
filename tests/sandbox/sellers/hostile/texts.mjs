// Text that would act on a terminal: title, clear, colour, bell, overwriting, right-to-left.
export const ESCAPES =
  "\u001b]0;owned\u0007\u001b[2J\u001b[31mPAID\u001b[0m\r\u0008\u009b1m\u202egnitirw\u0000end";
