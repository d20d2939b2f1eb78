import "./desk/widgets";
import "./desk/stage_path";
