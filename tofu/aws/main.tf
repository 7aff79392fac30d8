locals {
  # "baked:debian-13" is the newest image that `sensorbake packer` baked; "ami-..." is an image; everything else is a
  # public or private parameter with the image.
  baked      = { for name, sensor in var.sensors : name => sensor if startswith(sensor.image, "baked:") }
  parameters = { for name, sensor in var.sensors : name => sensor if length(regexall("^(baked:|ami-)", sensor.image)) == 0 }
  in_default = { for name, firewall in var.firewalls : name => firewall if firewall.network == null }
  in_subnet  = { for name, firewall in var.firewalls : name => firewall if firewall.network != null }
}

data "aws_ec2_instance_type" "sensor" {
  for_each      = var.sensors
  region        = each.value.region
  instance_type = each.value.size
}

data "aws_ssm_parameter" "image" {
  for_each = local.parameters
  region   = each.value.region
  name = replace(each.value.image, "ARCHITECTURE",
    contains(data.aws_ec2_instance_type.sensor[each.key].supported_architectures, "arm64") ? "arm64" : "amd64"
  )
}

data "aws_ami" "baked" {
  for_each    = local.baked
  region      = each.value.region
  owners      = ["self"]
  most_recent = true

  filter {
    name   = "tag:sensorbake:os"
    values = [trimprefix(each.value.image, "baked:")]
  }
  filter {
    name   = "architecture"
    values = data.aws_ec2_instance_type.sensor[each.key].supported_architectures
  }
}

data "aws_vpc" "default" {
  for_each = local.in_default
  region   = each.value.region
  default  = true
}

data "aws_subnet" "chosen" {
  for_each = local.in_subnet
  region   = each.value.region
  id       = each.value.network
}

resource "aws_security_group" "sensor" {
  for_each    = var.firewalls
  region      = each.value.region
  name_prefix = "sensorbake-"
  description = "Sensors of sensorbake, managed by OpenTofu"
  vpc_id      = each.value.network == null ? data.aws_vpc.default[each.key].id : data.aws_subnet.chosen[each.key].vpc_id

  dynamic "ingress" {
    for_each = each.value.incoming
    content {
      protocol         = ingress.value.protocol
      from_port        = ingress.value.first == null ? -1 : ingress.value.first
      to_port          = ingress.value.last == null ? -1 : ingress.value.last
      cidr_blocks      = ingress.value.v4
      ipv6_cidr_blocks = ingress.value.protocol == "icmp" ? [] : ingress.value.v6
    }
  }
  ingress {
    protocol         = "icmpv6"
    from_port        = -1
    to_port          = -1
    ipv6_cidr_blocks = ["::/0"]
  }
  dynamic "egress" {
    for_each = each.value.outgoing
    content {
      protocol         = egress.value.protocol
      from_port        = egress.value.first == null ? 0 : egress.value.first
      to_port          = egress.value.last == null ? 0 : egress.value.last
      cidr_blocks      = egress.value.v4
      ipv6_cidr_blocks = egress.value.v6
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_instance" "sensor" {
  for_each      = var.sensors
  region        = each.value.region
  instance_type = each.value.size
  ami = (
    startswith(each.value.image, "ami-") ? each.value.image :
    startswith(each.value.image, "baked:") ? data.aws_ami.baked[each.key].id :
    data.aws_ssm_parameter.image[each.key].insecure_value
  )
  subnet_id              = each.value.network
  vpc_security_group_ids = [aws_security_group.sensor[each.value.firewall].id]
  user_data_base64       = filebase64("${path.module}/../sensors/${each.key}/user-data")

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }
  root_block_device {
    volume_type = "gp3"
    volume_size = each.value.disk_gigabytes
    encrypted   = true
  }
  tags = {
    Name = each.key
  }

  # `sensorbake apply` changes a running sensor; a newer image or new user-data would replace or stop it.
  lifecycle {
    ignore_changes = [ami, user_data_base64]
  }
}

resource "aws_eip" "sensor" {
  for_each = { for name, sensor in var.sensors : name => sensor if sensor.elastic_ip }
  region   = each.value.region
  domain   = "vpc"
  instance = aws_instance.sensor[each.key].id
  tags = {
    Name = each.key
  }
}
