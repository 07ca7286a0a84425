/** An answer is not what Proxmox sends; the message says which part. Becomes the `ProxmoxError` `bad-answer`. */
export class UnexpectedAnswer extends Error {
  override readonly name = "UnexpectedAnswer";
}
