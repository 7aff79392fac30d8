# A snapshot at DigitalOcean.

variable "image_name" {
  type        = string
  description = "The images' name, which a number made of the time follows."
  default     = "honeypot"
  validation {
    condition     = length(split("{{", var.image_name)) == 1
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

variable "digitalocean_token" {
  type        = string
  description = "An API token."
  default     = env("DIGITALOCEAN_TOKEN")
  sensitive   = true
}

variable "digitalocean_image" {
  type        = string
  description = "The image to begin with."
  default     = ""
  validation {
    condition     = length(split("{{", var.digitalocean_image)) == 1
    error_message = "It holds {, twice: Packer would take that for a template."
  }
}

variable "digitalocean_region" {
  type        = string
  description = "Where to build."
  default     = "fra1"
  validation {
    condition     = length(split("{{", var.digitalocean_region)) == 1
    error_message = "It holds {, twice: Packer would take that for a template."
  }
}

variable "digitalocean_size" {
  type        = string
  description = "The machine to build in."
  default     = "s-1vcpu-2gb"
  validation {
    condition     = length(split("{{", var.digitalocean_size)) == 1
    error_message = "It holds {, twice: Packer would take that for a template."
  }
}

locals {
  name = "${var.image_name}-${formatdate("YYYYMMDDhhmmss", timestamp())}"
}

source "digitalocean" "sensor" {
  api_token     = var.digitalocean_token
  image         = var.digitalocean_image
  region        = var.digitalocean_region
  size          = var.digitalocean_size
  ssh_username  = "root"
  snapshot_name = local.name
  tags          = ["sensorbake"]
}

build {
  sources = ["source.digitalocean.sensor"]

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
