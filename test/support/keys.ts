/** Public keys made for the tests with ssh-keygen and age-keygen; their private halves were thrown away. */
export const ed25519Key =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN1toxLjGDb51MTryEBuzIvVuxyicWCFgGHG+aJF1IJM test@sensor" + "bake";
/** As `transfer.host_key` has it: without a comment. */
export const ed25519HostKey = ed25519Key.split(" ").slice(0, 2).join(" ");
export const rsaKey =
  "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDZN/nbqozEG2w2WWPOQOJDWWUfxuk8slMql4bll+BUxT0E6+MG4Wfm" +
  "cSY4c0lqWZv8s2/4MHCUGJ77kbNiHwZD27CI9v2t1dD1DmrHezyRzPXpYmQ8f1tBWRWJ7WS6P45F2jhd0evNO7Qn+PGw" +
  "RJoVKynK8iqh1qS8VpXh0ddiSlP9zWzk8yee0nidPvPsU1M3WZZl0KkxL9g8v9DZz0Smpx794CKGZ/AdFj31kazt/AD7" +
  "zu/2lsizGcn8d1edxCkrMwmgLyTJCsvHMp95Y+DWFFPd5AuEud4Wh/PEDJlA/QV4w8qz5VDzfkLx2sHj6IqVqWiB/ey5" +
  "4CxszQE9UAGx test@sensorbake";
export const shortRsaKey =
  "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQCxpL9pQWcdqmtJWgi5MeTXhxXGqwk3qXjnPB9VL3/gYlnbjMcC7/3i" +
  "oLBEkf6HZgV3jiGlsTVGf5A7wj2uSNWeZRkSYa+SlVa9YC0deyszOXpCtXQufNmjWCphe3DQhxZR0v3a0QOTWfAnA7x+" +
  "thQi8uA8nftlMBi8NKOJ7FQESw== test@sensorbake";
export const ecdsaKey256 =
  "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBIP1tlhxhae9MpMqxMRc" +
  "L+jwFeebYIf6ZUCDLRDL0Y78lw2Cjkt4g9qASHPX4fxwoChf0rxG+Si9V4JuKsJUyU4= test@sensorbake";
export const ecdsaKey384 =
  "ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBFqKZWFtOP5uMOWUfmwH" +
  "4Nnw8uvETfm1Uq8yQIZ+PI6WZ6cGxDt6IugJDqFBlN5mJKVJPYnTh5RK7q12R9lF4fILR+khJHjjPWQE/pzUeVT9PUWu" +
  "26C4jlYMJuf5Vmc4kg== test@sensorbake";
export const ecdsaKey521 =
  "ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBABP+rUZjdRysYfhnJpj" +
  "hqFl0EoPisaX3vzOltkkCvPOQ0q2LU9X5Ik2FGJzuDTdvLQtuaslC6MhWya3mYldGA6MBAE0+50+EvAZp7K4niY3tGLM" +
  "AX0mxlRkWNjtCy5/XS6to/ftsEE7TTlD6qn3XeedV6sdT5TW48kL7rJ2swxAop3MDg== test@sensorbake";

export const ageRecipient = "age1c9yyh5dpl7cktu8ux23aqspglxpz8j8jr3h78kcme2swsyagngmqm8tjv6";

/** What a pasted private key looks like; the body is not a key. */
export const fakePrivateKey =
  "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABcanarycanary\n-----END OPENSSH PRIVATE KEY-----\n";
