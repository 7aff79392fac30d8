output "addresses" {
  description = "The address of each sensor."
  value = { for name, instance in linode_instance.sensor : name =>
    # A private address may have been added.
    try([for address in instance.ipv4 : address if !startswith(address, "192.168.")][0], null)
  }
}
