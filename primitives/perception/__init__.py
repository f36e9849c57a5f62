"""Perception from RGB-D images alone: segmentation, colour names, shape classes, oriented boxes, fusion of views."""
