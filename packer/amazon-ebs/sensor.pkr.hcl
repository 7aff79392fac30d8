# An AMI. Only with a current Packer, whose plugin can demand IMDSv2 of it.

variable "image_name" {
  type        = string
  description = "The images' name, which a number made of the time follows."
  default     = "honeypot"
  validation {
    condition     = length(split("{{", var.image_name)) == 1
    error_message = "It holds {, twice: Packer would take that for a template."
  }
}

variable "os" {
  type        = string
  description = "As the settings say it; images carry it as a tag."
  validation {
    condition     = length(split("{{", var.os)) == 1
    error_message = "It holds {, twice: Packer would take that for a template."
  }
}

variable "sensorbake_version" {
  type        = string
  description = "What made this folder; images carry it as a tag."
  validation {
    condition     = length(split("{{", var.sensorbake_version)) == 1
    error_message = "It holds {, twice: Packer would take that for a template."
  }
}

variable "output" {
  type        = string
  description = "Where the manifest goes."
  default     = "images"
  validation {
    condition     = length(split("{{", var.output)) == 1
    error_message = "It holds {, twice: Packer would take that for a template."
  }
}

variable "aws_region" {
  type        = string
  description = "Where to build."
  default     = "eu-central-1"
  validation {
    condition     = length(split("{{", var.aws_region)) == 1
    error_message = "It holds {, twice: Packer would take that for a template."
  }
}

variable "aws_instance_type" {
  type        = string
  description = "The machine to build in."
  default     = "t3.small"
  validation {
    condition     = length(split("{{", var.aws_instance_type)) == 1
    error_message = "It holds {, twice: Packer would take that for a template."
  }
}

variable "aws_architecture" {
  type        = string
  description = "x86_64 or arm64, as the machine is."
  default     = "x86_64"
  validation {
    condition     = length(split("{{", var.aws_architecture)) == 1
    error_message = "It holds {, twice: Packer would take that for a template."
  }
}

variable "aws_owner" {
  type        = string
  description = "The account that publishes the image to begin with: anyone may publish under any name."
  default     = ""
  validation {
    condition     = length(split("{{", var.aws_owner)) == 1
    error_message = "It holds {, twice: Packer would take that for a template."
  }
}

variable "aws_image" {
  type        = string
  description = "That image's name, with * in it."
  default     = ""
  validation {
    condition     = length(split("{{", var.aws_image)) == 1
    error_message = "It holds {, twice: Packer would take that for a template."
  }
}

variable "aws_user" {
  type        = string
  description = "Its login."
  default     = "admin"
  validation {
    condition     = length(split("{{", var.aws_user)) == 1
    error_message = "It holds {, twice: Packer would take that for a template."
  }
}

locals {
  name = "${var.image_name}-${formatdate("YYYYMMDDhhmmss", timestamp())}"
}

source "amazon-ebs" "sensor" {
  region        = var.aws_region
  instance_type = var.aws_instance_type
  ssh_username  = var.aws_user
  ami_name      = local.name
  source_ami_filter {
    owners      = [var.aws_owner]
    most_recent = true
    filters = {
      name                = var.aws_image
      architecture        = var.aws_architecture
      root-device-type    = "ebs"
      virtualization-type = "hvm"
    }
  }
  # Of the AMI, and of the machine it is made in.
  imds_support = "v2.0"
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }
  encrypt_boot = true
  launch_block_device_mappings {
    device_name           = var.aws_user == "ubuntu" ? "/dev/sda1" : "/dev/xvda"
    volume_type           = "gp3"
    volume_size           = 8
    throughput            = 125
    encrypted             = true
    delete_on_termination = true
  }
  # Only this machine reaches the one that is built.
  temporary_security_group_source_public_ip = true
  temporary_key_pair_type                   = "ed25519"
  ssh_clear_authorized_keys                 = true
  run_tags = {
    "Name" = "sensorbake packer"
  }
  # `image: baked` of the settings finds the AMI by them.
  tags = {
    "Name"                  = var.image_name
    "sensorbake:managed-by" = "sensorbake"
    "sensorbake:os"         = var.os
    "sensorbake:version"    = var.sensorbake_version
  }
}

build {
  sources = ["source.amazon-ebs.sensor"]

  provisioner "file" {
    source      = "${path.root}/../payload"
    destination = "/tmp"
  }

  provisioner "shell" {
    script          = "${path.root}/../provision.sh"
    execute_command = "chmod 0700 '{{ .Path }}' && sudo '{{ .Path }}'"
  }

  # Afterwards there may be nobody left who could clean up.
  provisioner "shell" {
    script          = "${path.root}/../seal.sh"
    execute_command = "chmod 0700 '{{ .Path }}' && sudo '{{ .Path }}'"
    skip_clean      = true
  }

  # To Packer a build of nothing is no failure: whoever builds asks this file.
  post-processor "manifest" {
    output = "${var.output}/manifest.json"
  }
}
