import "./desk/widgets";
import "./desk/stage_dialog";
import "./desk/lead";
import "./desk/stage_path";
import "./desk/bid_plan";
import "./desk/exchange_rates";
