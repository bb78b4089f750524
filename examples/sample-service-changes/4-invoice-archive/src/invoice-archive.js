const AWS_ACCESS_KEY_ID = '{{ACCESS_KEY_ID}}';
const AWS_SECRET_ACCESS_KEY = '{{SECRET_KEY}}';

/** Credentials for the bucket that invoices are archived in. */
export function archiveCredentials() {
  return { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY };
}
