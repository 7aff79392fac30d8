# An image for virtual machines, qcow2 or raw, from the distribution's cloud image. Run prepare.sh first.

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
  description = "Folder for the image, the manifest and temporary build files; prepare.sh creates it."
  default     = "images"
  validation {
    condition     = length(split("{{", var.output)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "ssh_timeout" {
  type        = string
  description = "Maximum time until Packer can log in to the machine."
  default     = "30m"
  validation {
    condition     = length(split("{{", var.ssh_timeout)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "accelerator" {
  type        = string
  description = "kvm, or tcg without KVM, which takes ten times as long."
  default     = "kvm"
  validation {
    condition     = length(split("{{", var.accelerator)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "image_format" {
  type        = string
  description = "qcow2 or raw."
  default     = "qcow2"
  validation {
    condition     = length(split("{{", var.image_format)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "disk_size" {
  type        = string
  description = "Disk size of the image; a sensor grows its root file system to its disk."
  default     = "8G"
  validation {
    condition     = length(split("{{", var.disk_size)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "base_url_amd64" {
  type        = string
  description = "Cloud image for amd64."
  default     = ""
  validation {
    condition     = length(split("{{", var.base_url_amd64)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "base_checksum_amd64" {
  type        = string
  description = "Its checksum, or file: and the URL of a checksum list."
  default     = ""
  validation {
    condition     = length(split("{{", var.base_checksum_amd64)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "base_url_arm64" {
  type        = string
  description = "Cloud image for arm64."
  default     = ""
  validation {
    condition     = length(split("{{", var.base_url_arm64)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "base_checksum_arm64" {
  type        = string
  description = "Its checksum, or file: and the URL of a checksum list."
  default     = ""
  validation {
    condition     = length(split("{{", var.base_checksum_arm64)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "arm64_cpu" {
  type        = string
  description = "Processor of an arm64 machine; host with kvm on arm64."
  default     = "max"
  validation {
    condition     = length(split("{{", var.arm64_cpu)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "arm64_firmware" {
  type        = string
  description = "UEFI firmware for arm64 machines."
  default     = "/usr/share/qemu-efi-aarch64/QEMU_EFI.fd"
  validation {
    condition     = length(split("{{", var.arm64_firmware)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "qemu_arguments" {
  type        = list(list(string))
  description = "Additional QEMU arguments, each an option and its value."
  default     = []
}

source "qemu" "amd64" {
  accelerator          = var.accelerator
  iso_url              = var.base_url_amd64
  iso_checksum         = var.base_checksum_amd64
  disk_image           = true
  disk_size            = var.disk_size
  disk_compression     = var.image_format == "qcow2"
  disk_discard         = "unmap"
  disk_detect_zeroes   = "unmap"
  format               = var.image_format
  cpus                 = 2
  memory               = 2048
  headless             = true
  disable_vnc          = true
  qemuargs             = var.qemu_arguments
  cd_files             = ["${var.output}/seed/user-data", "${var.output}/seed/meta-data"]
  cd_label             = "cidata"
  ssh_username         = "root"
  ssh_private_key_file = "${var.output}/build_key"
  ssh_timeout          = var.ssh_timeout
  shutdown_command     = "systemctl poweroff"
  shutdown_timeout     = "15m"
  output_directory     = "${var.output}/amd64"
  vm_name              = "${var.image_name}-amd64.${var.image_format}"
}

source "qemu" "arm64" {
  accelerator        = var.accelerator
  qemu_binary        = "qemu-system-aarch64"
  machine_type       = "virt"
  iso_url            = var.base_url_arm64
  iso_checksum       = var.base_checksum_arm64
  disk_image         = true
  disk_size          = var.disk_size
  disk_compression   = var.image_format == "qcow2"
  disk_discard       = "unmap"
  disk_detect_zeroes = "unmap"
  format             = var.image_format
  cpus               = 2
  memory             = 2048
  headless           = true
  disable_vnc        = true
  qemuargs = concat(
    [["-cpu", var.arm64_cpu], ["-bios", var.arm64_firmware], ["-boot", "menu=off"]],
    var.qemu_arguments,
  )
  cd_files             = ["${var.output}/seed/user-data", "${var.output}/seed/meta-data"]
  cd_label             = "cidata"
  cdrom_interface      = "virtio-scsi"
  ssh_username         = "root"
  ssh_private_key_file = "${var.output}/build_key"
  ssh_timeout          = var.ssh_timeout
  shutdown_command     = "systemctl poweroff"
  shutdown_timeout     = "15m"
  output_directory     = "${var.output}/arm64"
  vm_name              = "${var.image_name}-arm64.${var.image_format}"
}

build {
  sources = ["source.qemu.amd64", "source.qemu.arm64"]

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

  post-processor "checksum" {
    checksum_types = ["sha256"]
    output         = "${var.output}/{{ .BuildName }}.{{ .ChecksumType }}"
  }

  # Packer does not report an empty build as a failure; callers check this file.
  post-processor "manifest" {
    output = "${var.output}/manifest.json"
  }
}
