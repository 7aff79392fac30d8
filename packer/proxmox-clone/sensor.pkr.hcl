# A template on Proxmox, cloned from the template of a cloud image.

variable "image_name" {
  type        = string
  description = "Name of the images, followed by a timestamp."
  default     = "honeypot"
  validation {
    condition     = length(split("{{", var.image_name)) == 1
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

variable "proxmox_url" {
  type        = string
  description = "https://HOST:8006/api2/json"
  default     = env("PROXMOX_URL")
  validation {
    condition     = length(split("{{", var.proxmox_url)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "proxmox_username" {
  type        = string
  description = "USER@REALM"
  default     = env("PROXMOX_USERNAME")
  validation {
    condition     = length(split("{{", var.proxmox_username)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "proxmox_password" {
  type        = string
  description = "Its password."
  default     = env("PROXMOX_PASSWORD")
  sensitive   = true
}

variable "proxmox_node" {
  type        = string
  description = "Region or place of the build."
  default     = "pve"
  validation {
    condition     = length(split("{{", var.proxmox_node)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "proxmox_template" {
  type        = string
  description = "Template of a cloud image to clone."
  default     = ""
  validation {
    condition     = length(split("{{", var.proxmox_template)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "proxmox_user" {
  type        = string
  description = "Its login, which can use sudo."
  default     = "debian"
  validation {
    condition     = length(split("{{", var.proxmox_user)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

locals {
  name = "${var.image_name}-${formatdate("YYYYMMDDhhmmss", timestamp())}"
}

source "proxmox-clone" "sensor" {
  proxmox_url   = var.proxmox_url
  username      = var.proxmox_username
  password      = var.proxmox_password
  node          = var.proxmox_node
  clone_vm      = var.proxmox_template
  os            = "l26"
  ssh_username  = var.proxmox_user
  template_name = local.name
  cloud_init    = true
}

build {
  sources = ["source.proxmox-clone.sensor"]

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
