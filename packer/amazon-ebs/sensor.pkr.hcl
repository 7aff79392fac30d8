# An AMI. Needs a current Packer, whose plugin can require IMDSv2.

variable "image_name" {
  type        = string
  description = "Name of the images, followed by a timestamp."
  default     = "honeypot"
  validation {
    condition     = length(split("{{", var.image_name)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "os" {
  type        = string
  description = "Operating system in the settings; a tag of the image."
  validation {
    condition     = length(split("{{", var.os)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "sensorbake_version" {
  type        = string
  description = "Version that wrote this folder; a tag of the image."
  validation {
    condition     = length(split("{{", var.sensorbake_version)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "output" {
  type        = string
  description = "Folder for the manifest."
  default     = "images"
  validation {
    condition     = length(split("{{", var.output)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "aws_region" {
  type        = string
  description = "Region or place of the build."
  default     = "eu-central-1"
  validation {
    condition     = length(split("{{", var.aws_region)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "aws_instance_type" {
  type        = string
  description = "Machine type for the build."
  default     = "t3.small"
  validation {
    condition     = length(split("{{", var.aws_instance_type)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "aws_architecture" {
  type        = string
  description = "Architecture of the machine: x86_64 or arm64."
  default     = "x86_64"
  validation {
    condition     = length(split("{{", var.aws_architecture)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "aws_owner" {
  type        = string
  description = "Account that publishes the base image, because anyone may publish under any name."
  default     = ""
  validation {
    condition     = length(split("{{", var.aws_owner)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "aws_image" {
  type        = string
  description = "Name of the base image, with * as a wildcard."
  default     = ""
  validation {
    condition     = length(split("{{", var.aws_image)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "aws_user" {
  type        = string
  description = "Login of the base image."
  default     = "admin"
  validation {
    condition     = length(split("{{", var.aws_user)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
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
  # For the AMI and the build machine.
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
  # Only this machine can reach the build machine.
  temporary_security_group_source_public_ip = true
  temporary_key_pair_type                   = "ed25519"
  ssh_clear_authorized_keys                 = true
  run_tags = {
    "Name" = "sensorbake packer"
  }
  # `image: baked` in the settings finds the AMI by these tags.
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

  # Afterwards no login may be left to clean up with.
  provisioner "shell" {
    script          = "${path.root}/../seal.sh"
    execute_command = "chmod 0700 '{{ .Path }}' && sudo '{{ .Path }}'"
    skip_clean      = true
  }

  # Packer does not report an empty build as a failure; callers check this file.
  post-processor "manifest" {
    output = "${var.output}/manifest.json"
  }
}
