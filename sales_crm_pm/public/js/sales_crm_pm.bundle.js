import "./desk/widgets";
import "./desk/stage_dialog";
import "./desk/stage_path";
