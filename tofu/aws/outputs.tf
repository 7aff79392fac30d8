output "addresses" {
  description = "The address of each sensor."
  value = {
    for name, sensor in var.sensors :
    name => sensor.elastic_ip ? aws_eip.sensor[name].public_ip : aws_instance.sensor[name].public_ip
  }
}
