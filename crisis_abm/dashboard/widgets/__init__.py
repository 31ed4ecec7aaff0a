"""What the browser draws by itself: native controls and canvases, JavaScript beside Python."""
