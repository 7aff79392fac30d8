# A snapshot at Hetzner.

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

variable "hcloud_token" {
  type        = string
  description = "An API token."
  default     = env("HCLOUD_TOKEN")
  sensitive   = true
}

variable "hcloud_image" {
  type        = string
  description = "The image to begin with."
  default     = ""
  validation {
    condition     = length(split("{{", var.hcloud_image)) == 1
    error_message = "It holds {, twice: Packer would take that for a template."
  }
}

variable "hcloud_location" {
  type        = string
  description = "Where to build."
  default     = "hel1"
  validation {
    condition     = length(split("{{", var.hcloud_location)) == 1
    error_message = "It holds {, twice: Packer would take that for a template."
  }
}

variable "hcloud_server_type" {
  type        = string
  description = "The machine to build in."
  default     = "cx23"
  validation {
    condition     = length(split("{{", var.hcloud_server_type)) == 1
    error_message = "It holds {, twice: Packer would take that for a template."
  }
}

locals {
  name = "${var.image_name}-${formatdate("YYYYMMDDhhmmss", timestamp())}"
}

source "hcloud" "sensor" {
  token         = var.hcloud_token
  image         = var.hcloud_image
  location      = var.hcloud_location
  server_type   = var.hcloud_server_type
  ssh_username  = "root"
  snapshot_name = local.name
  snapshot_labels = {
    "sensorbake" = var.sensorbake_version
    "os"         = var.os
  }
}

build {
  sources = ["source.hcloud.sensor"]

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
